int my_missing_function(void);
int main(void){ return my_missing_function(); }
