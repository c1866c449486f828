// What a C++ extension asks of its library and of libc; exercise.py looks at the answers.
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <iomanip>
#include <map>
#include <mutex>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

struct Kept {  // destroyed when its thread ends
    std::string *out;
    ~Kept() {
        if (out) *out += "gone";
    }
};

inline int add(int one, int other) { return one + other; }

inline std::string greeting(const std::string &name) { return "hello " + name; }

inline void refuse(const std::string &why) { throw std::invalid_argument(why); }

inline std::string caught(int number) {
    try {
        if (number % 2) throw std::runtime_error("odd");
        throw number;
    } catch (const std::exception &error) {
        return error.what();
    } catch (int value) {
        return std::to_string(value);
    }
}

inline int threads() {
    std::mutex mutex;
    std::condition_variable changed;
    std::atomic<int> sum{0};
    int done = 0;
    std::vector<std::thread> all;
    for (int i = 1; i <= 4; i++)
        all.emplace_back([&, i] {
            try {
                throw i;
            } catch (int value) {
                sum += value;
            }
            std::lock_guard<std::mutex> lock(mutex);
            done++;
            changed.notify_one();
        });
    {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [&] { return done == 4; });
    }
    for (auto &one : all) one.join();
    std::recursive_mutex twice;
    std::lock_guard<std::recursive_mutex> first(twice), second(twice);
    return sum;
}

inline std::string thread_end() {
    std::string out;
    std::thread([&out] {
        static thread_local Kept kept{nullptr};
        kept.out = &out;
        out += "here ";
    }).join();
    return out;
}

inline std::string error_text(int number) { return std::error_code(number, std::generic_category()).message(); }

inline std::string formatted(double value) {
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out << std::fixed << std::setprecision(3) << value << " " << std::stoll("123") << " " << std::stod("1.5");
    return out.str();
}

inline std::string first_line(const std::string &path) {
    std::ifstream file(path);
    if (!file) throw std::system_error(errno, std::generic_category(), path);
    std::string line;
    std::getline(file, line);
    return line;
}

inline int stress() {
    std::map<std::string, std::vector<int>> all;
    std::mt19937 random(7);
    for (int i = 0; i < 20000; i++) all["key" + std::to_string(random() % 500)].push_back(i);
    int count = 0;
    for (auto &entry : all) count += static_cast<int>(entry.second.size());
    return count;
}

template <typename Module>
void define(Module &m) {
    m.def("add", &add);
    m.def("greeting", &greeting);
    m.def("refuse", &refuse);
    m.def("caught", &caught);
    m.def("threads", &threads);
    m.def("thread_end", &thread_end);
    m.def("error_text", &error_text);
    m.def("formatted", &formatted);
    m.def("first_line", &first_line);
    m.def("stress", &stress);
}
