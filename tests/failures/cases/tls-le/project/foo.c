__thread int counter; int foo(void){return ++counter;}
