int count(const char *text);

int main(int argc, char **argv)
{
    return count(argv[argc - 1]);
}
