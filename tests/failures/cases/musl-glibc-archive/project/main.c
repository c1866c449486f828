void foo(char*,const char*,int);
int main(int c,char**v){foo(v[0],v[0],c);return 0;}
