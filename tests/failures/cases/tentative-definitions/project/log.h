int verbose;
void tell(const char *text);
