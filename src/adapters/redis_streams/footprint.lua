-- Replaces tiles of the footprint if its version is still the one it was read at.
-- KEYS: tiles, changes, version. ARGV: that version, then number and bytes of each tile;
-- one without bytes stays behind as a mark that it has gone.
local version = tonumber(redis.call('GET', KEYS[3]) or '0')
if version ~= tonumber(ARGV[1]) then
  return 0
end
version = version + 1
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
  redis.call('ZADD', KEYS[2], version, ARGV[i])
end
redis.call('SET', KEYS[3], version)
return 1
