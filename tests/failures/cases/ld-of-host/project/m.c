int a(void);int main(){return a();}
