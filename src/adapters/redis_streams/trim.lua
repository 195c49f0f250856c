-- Removes the oldest entries of a stream that nobody needs.
-- KEYS: the stream, the engine's hash.
-- ARGV: age in ms, how many to keep at least, the field of the snapshot's
-- position ('' where no engine reads), how many to remove at most, for how long, in ms, an
-- unread group is waited for, the group that is always waited for.
-- Returns how many went, and the groups given up.

-- Ids reach 2^64, beyond Lua's numbers: compared as digits.
local function less(a, b)
  local a_major, a_minor = a:match('^(%d+)-(%d+)$')
  local b_major, b_minor = b:match('^(%d+)-(%d+)$')
  if a_major ~= b_major then
    if #a_major ~= #b_major then return #a_major < #b_major end
    return a_major < b_major
  end
  if #a_minor ~= #b_minor then return #a_minor < #b_minor end
  return a_minor < b_minor
end

-- The first id after this one that an entry may have.
local function after(id)
  local major, minor = id:match('^(%d+)-(%d+)$')
  if #minor > 15 then
    return string.format('%.0f-0', tonumber(major) + 1)
  end
  return string.format('%s-%.0f', major, tonumber(minor) + 1)
end

local stream = KEYS[1]
local spare = redis.call('XLEN', stream) - tonumber(ARGV[2])
if spare <= 0 then
  return { 0, {} }
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local keep = string.format('%.0f-0', math.max(0, now - tonumber(ARGV[1])))
local function needed(id)
  if less(id, keep) then keep = id end
end

if ARGV[3] ~= '' then
  local snapshot = redis.call('HGET', KEYS[2], ARGV[3])
  if not snapshot then
    return { 0, {} }
  end
  needed(after(snapshot))
end
local function named(row)
  local fields = {}
  for i = 1, #row, 2 do
    fields[row[i]] = row[i + 1]
  end
  return fields
end

-- Whether all who ever read as a group have been away for too long.
local function is_abandoned(group)
  local consumers = redis.call('XINFO', 'CONSUMERS', stream, group['name'])
  for _, row in ipairs(consumers) do
    if named(row)['idle'] <= tonumber(ARGV[5]) then return false end
  end
  return #consumers > 0
end

local given_up = {}
for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = named(row)
  if group['name'] ~= ARGV[6] and is_abandoned(group) then
    given_up[#given_up + 1] = group['name']
  elseif group['pending'] > 0 then
    needed(redis.call('XPENDING', stream, group['name'])[2])
  else
    needed(after(group['last-delivered-id']))
  end
end
if keep == '0-0' then
  return { 0, given_up }
end

-- Whole nodes first: cheap however many go, and never more than LIMIT.
local most = math.min(spare, tonumber(ARGV[4]))
local removed = redis.call('XTRIM', stream, 'MINID', '~', keep, 'LIMIT', most)
-- Then the part of a node that is left, exactly.
local rest = math.min(most - removed, 500)
if rest > 0 then
  local oldest = redis.call('XRANGE', stream, '-', '(' .. keep, 'COUNT', rest + 1)
  if #oldest > rest then
    keep = oldest[rest + 1][1]
  end
  if #oldest > 0 then
    removed = removed + redis.call('XTRIM', stream, 'MINID', '=', keep)
  end
end
return { removed, given_up }
