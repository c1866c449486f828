from collections import Sequences

print(Sequences)
