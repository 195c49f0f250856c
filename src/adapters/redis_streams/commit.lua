-- Applies one engine step, or nothing of it.
-- KEYS: the engine's hash, the event stream, the live hash.
-- ARGV: token, from position, from command, to position, to command, number of
-- events, number of states, 1 with a snapshot or 0, the snapshot or '', then
-- type and json of each event, then vehicle and json of each state.
-- Nothing is written before the last thing that can fail.
local engine, events, live = KEYS[1], KEYS[2], KEYS[3]
local held = redis.call('HMGET', engine, 'token', 'position', 'command')
if held[1] ~= ARGV[1] then
  return { 'fenced' }
end
local position, command = held[2] or '0-0', held[3] or '0-0'
if position ~= ARGV[2] or command ~= ARGV[3] then
  return { 'out of step', position, command }
end

redis.call('HSET', engine, 'position', ARGV[4], 'command', ARGV[5])
if ARGV[8] == '1' then
  redis.call('HSET', engine, 'snapshot', ARGV[9], 'snapshot_position', ARGV[4], 'snapshot_command', ARGV[5])
end
local reply = { 'done' }
local next = 10
for _ = 1, tonumber(ARGV[6]) do
  reply[#reply + 1] = redis.call('XADD', events, '*', 'type', ARGV[next], 'json', ARGV[next + 1])
  next = next + 2
end
for _ = 1, tonumber(ARGV[7]) do
  redis.call('HSET', live, ARGV[next], ARGV[next + 1])
  next = next + 2
end
return reply
