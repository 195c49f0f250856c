-- Writes master data. KEYS: the records, their version. ARGV: field and JSON of each.
for i = 1, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
