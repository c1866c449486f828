int nope(void); int f(void){return nope();}
