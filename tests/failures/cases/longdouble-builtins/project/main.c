long double scale = 1.5L;

int main(int count, char **words) {
    (void)words;
    return (int)(scale * count);
}
