-- Takes over what has been pending for long enough, oldest first.
-- KEYS: the stream. ARGV: group, consumer, idle ms, limit.
-- Returns {times delivered, entry} for each.
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], '-', '+', ARGV[4])
if #pending == 0 then
  return {}
end
local ids, times = {}, {}
for i, row in ipairs(pending) do
  ids[i] = row[1]
  times[row[1]] = row[4]
end
local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], unpack(ids))
local deliveries = {}
for i, entry in ipairs(claimed) do
  deliveries[i] = { times[entry[1]] + 1, entry }
end
return deliveries
