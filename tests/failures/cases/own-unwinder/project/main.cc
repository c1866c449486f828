extern "C" int unw_step(void *cursor);

int main(int count, char **) {
    try {
        if (count > 1) {
            throw count;
        }
    } catch (int) {
        return 1;
    }
    return unw_step(nullptr) != 1;
}
