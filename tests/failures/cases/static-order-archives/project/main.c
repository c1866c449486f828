int wire_send(const char*); int main(){ return wire_send("abc"); }
