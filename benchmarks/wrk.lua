-- Requests for wrk: the lines of a file (media type, tab, path) in turn. SERIAL in a path becomes a number that goes up
-- with every request, so that no text is sent twice. At the end one line of JSON tells what came of it.

local requests, place, serial = {}, 0, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local accept, path = line:match("^(.-)\t(.*)$")
    table.insert(requests, {path = path, headers = {Accept = accept, Host = wrk.headers["Host"]}})
  end
  serial = tonumber(arguments[2])
end

function request()
  place, serial = place % #requests + 1, serial + 1
  local next = requests[place]
  return wrk.format("GET", (next.path:gsub("SERIAL", string.format("%.0f", serial))), next.headers)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"answers": %d, "seconds": %f, "errors": %d, "p50_ms": %f, "p99_ms": %f}', summary.requests -
    errors.status, summary.duration / 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
