int part(int count) {
    char text[64];
    text[count] = 1;
    return text[count / 2];
}
