double half(double value);

int main(void) {
    return (int)half(2);
}
