"""The tables that tidy works by."""

# Who may include whom, first match wins: (folder, folders it may include).
_INFRA = r'infra/(?!app$|bench$)\w+'
DIRECTIONS = [
    (r'events', r'events'),
    (r'infra/(app|bench)', r'.*'),
    (r'infra/\w+', _INFRA),
    (r'(command|projector|query)', None),  # filled below: itself, events, infra
    (r'.*', r'.*'),  # tests and whatever else
]
_ROLES = [(role, rf'{role}|events|{_INFRA}') for role in ('command', 'projector', 'query')]
DIRECTIONS[3:4] = _ROLES

# (pattern in code or in a preprocessor line, files in which it is right, what to use instead)
_NOWHERE = r'(?!)'
BANNED = [
    (r'#\s*include <rapidjson/', r'infra/json/|events/(codec|json)\w*\.|tests/events/',
     'infra/json is the only way to JSON'),
    (r'#\s*include <(boost/asio|boost/beast)', r'infra/http/|tests/', 'only infra/http uses it'),
    (r'#\s*include <pqxx/|\bPQ[a-z]\w+\(',
     r'infra/pg/|infra/ledger/postgres|(query|projector)/read_|tests/',
     'infra/pg, or the SQL files of the role, read_*'),
    (r'\brd_kafka_', r'infra/(ledger|bench)/kafka|tests/', 'infra/ledger/kafka*'),
    (r'#\s*include <openssl/', r'infra/crypto/|infra/http/websocket_frames\.cc', 'infra/crypto'),
    (r'#\s*include <prometheus/', r'infra/runtime/', 'infra/runtime/metrics.h'),
    (r'#\s*include <toml', r'infra/runtime/', 'infra/runtime/config.h'),
    (r'\bstd::(mutex|shared_mutex|lock_guard|unique_lock|scoped_lock|condition_variable\w*)\b',
     r'infra/runtime/mutex\.h|tests/', 'infra/runtime/mutex.h, which clang can check'),
    (r'\bstd::thread\b(?!::)|\.detach\(\)', r'tests/', 'runtime::start_thread: named and joined'),
    (r'\b(sleep_for|sleep_until|usleep|nanosleep)\b', r'tests/support/',
     'runtime::pause, or wait for the event, with a bound'),
    (r'\bsystem_clock::now\b|\bgettimeofday\b|[^\w.>]time\((NULL|nullptr|0)\)',
     r'infra/runtime/clock\.cc|infra/http/worker\.cc|tests/|infra/bench/', 'runtime::Clock'),
    (r'\b(std::)?(rand|srand)\(|\brandom_device\b', r'tests/|infra/bench/', 'crypto::random_bytes'),
    (r'\b(getenv|setenv)\(', r'infra/runtime/|infra/app/|tests/', 'runtime::Config'),
    (r'(?<!static_)\bassert\(|#\s*include <cassert>', _NOWHERE, 'FP_CHECK, which stays on'),
    (r'\b(sprintf|strcpy|strcat|atoi|atol|strtol|strtoul|sscanf)\(', _NOWHERE,
     'fmt::format, std::from_chars'),
    (r'\bstd::(cout|cerr|endl)\b|\b(printf|puts)\(', r'infra/app/|infra/bench/|tests/',
     'runtime::Log; results belong to the command line'),
    (r'\bstd::regex\b', r'tests/', 'a scanner by hand: it is bounded'),
    (r'\bNULL\b', _NOWHERE, 'nullptr'),
    (r'\busing namespace\b', r'tests/', 'names say where they come from'),
    (r'\b(new|malloc|free)\b\s*[\w:]*[(\[{<]', r'tests/|infra/bench/allocations\.',
     'std::make_unique, containers, Handle'),
    (r'\b(float|double)\b',
     r'(?!events/|command/(decide|closer|waiting|desk|desk_answers)\.|projector/project\.)',
     'what decides and counts has no floating point'),
    (r'#\s*include <(random|chrono|thread|ctime)>', r'(?!events/)', 'the core is pure: no clock'),
    (r'\b([Vv]otes?|[Vv]oters?|[Bb]allots?|PollId|poll_id)\b', r'(?!infra/(?!app/|bench/))',
     'infra names no poll and no vote'),
]

# (pattern in any line of any text, why)
LEFTOVERS = [
    (r'\b(TODO|FIXME|XXX|HACK)\b', 'finish it or write it down as an issue'),
    (r'(?<![\w.])/work/\w+|/tmp/bash_jobs', 'a path of one machine'),
    (r'"resolved": "(?!https://registry\.npmjs\.org/)[^"]*"', 'a registry of one machine'),
    (r'^(<<<<<<<|>>>>>>>) ', 'a merge that was not finished'),
    (r'[ \t]+$', 'space at the end of a line'),
]
