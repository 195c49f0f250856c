-- Gives a lease back, and fences whoever had it.
-- KEYS: the lease, the engine's hash. ARGV: the token.
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('HINCRBY', KEYS[2], 'token', 1)
end
return true
