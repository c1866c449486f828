#include "bridge/src/words.h"

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

rust::String longest(rust::Str text)
{
    std::istringstream words{std::string(text)};
    std::map<std::size_t, std::string> by_length;
    for (std::string word; words >> word;)
        by_length[word.size()] = word;
    if (by_length.empty())
        throw std::runtime_error("no words");
    return by_length.rbegin()->second;
}
