int backtrace(void **, int);
int main(void){void *b[2]; return backtrace(b, 2);}
