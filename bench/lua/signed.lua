-- Sends the requests of a file one after the other, as they are: they were signed beforehand.
local requests = {}
local next_request = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local all = file:read("*a")
  file:close()
  local at = 1
  while true do
    local from, to = string.find(all, "\n\30\n", at, true)
    requests[#requests + 1] = string.sub(all, at, from and from - 1 or -1)
    if not from then break end
    at = to + 1
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end
