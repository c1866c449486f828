extern "C" int part();

int main() {
    return part();
}
