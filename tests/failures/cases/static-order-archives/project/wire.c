int checksum(const char*,int); int wire_send(const char*b){ return checksum(b,3); }
