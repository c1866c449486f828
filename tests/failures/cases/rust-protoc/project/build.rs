fn main(){ prost_build::compile_protos(&["a.proto"], &["."]).unwrap(); }
