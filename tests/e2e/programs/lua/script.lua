-- Reads numbers from standard input; answers with what only a whole Lua can: closures, coroutines, patterns, big
-- integers, floating point, protected calls, a file.
local numbers = {}
for line in io.lines() do
  numbers[#numbers + 1] = math.tointeger(tonumber(line))
end

local sum, product = 0, 1
for _, number in ipairs(numbers) do
  sum, product = sum + number, product * number
end
print(sum, product, string.format("%.17g", math.sqrt(sum)))

local producer = coroutine.wrap(function()
  for index = #numbers, 1, -1 do coroutine.yield(numbers[index]) end
end)
table.sort(numbers, function(left, right) return left > right end)
print(table.concat(numbers, ","), producer(), producer())

print(("everylinux"):gsub("%a", { e = "E", x = "X" }))
print(select(2, pcall(error, { code = 7 })).code, math.maxinteger + 1 == math.mininteger)

local name = os.tmpname()
local file <close> = assert(io.open(name, "w+b"))
file:write(string.pack(">I4i2d", 0xCAFEBABE, -2, 0.1))
file:seek("set")
print(string.unpack(">I4i2d", file:read("a")))
