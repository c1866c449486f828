#[test] fn bad(){ assert_eq!(1,2); }
