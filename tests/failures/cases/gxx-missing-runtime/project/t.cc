#include <stdexcept>
int main(int c, char**){ try { if (c) throw std::runtime_error("x"); } catch (...) {} return 0; }
