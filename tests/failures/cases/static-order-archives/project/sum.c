int checksum(const char*b,int n){ int s=0; while(n--) s+=b[n]; return s; }
