text = open("README").read()
print(len(text.split()), "words")
