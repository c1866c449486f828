import urllib.request

print(urllib.request.urlopen("https://localhost:18732/fetch.py").status)
