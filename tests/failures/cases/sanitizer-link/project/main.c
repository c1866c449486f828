int part(int *values);

int main(void) {
    int values[2] = {0, 0};
    return part(values);
}
