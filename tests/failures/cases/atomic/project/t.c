struct s { long a, b, c, d; };
_Atomic struct s v;
int main(void){ struct s x = v; return (int)x.a; }
