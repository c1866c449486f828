int parse(const char *text);

int main(int count, char **words) {
    return count > 1 ? parse(words[1]) : 0;
}
