-- Takes or renews a partition's lease.
-- KEYS: the lease, the engine's hash. ARGV: owner, ttl ms.
-- Returns the token, or nothing when another owner has it.
local held = redis.call('HMGET', KEYS[1], 'owner', 'token')
if held[1] and held[1] ~= ARGV[1] then
  return false
end
local token = held[2]
if not token then
  -- By the clock as well as by count: it grows even when the data were lost.
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  local last = tonumber(redis.call('HGET', KEYS[2], 'token') or '0')
  token = string.format('%.0f', math.max(last + 1, now))
  redis.call('HSET', KEYS[2], 'token', token)
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'token', token)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return token
