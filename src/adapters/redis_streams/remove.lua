-- Removes master data. KEYS: the records, their version. ARGV: the fields.
for i = 1, #ARGV do
  redis.call('HDEL', KEYS[1], ARGV[i])
end
