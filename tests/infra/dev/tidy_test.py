"""tidy finds what it promises to find, and leaves good code alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(os.environ['FLASHPOLL_SOURCE'])
sys.path.insert(0, str(SOURCE / 'infra/dev'))
import cxx  # noqa: E402

HEADER = '#pragma once\n'


def tidy(root, **files):
    """Findings in a tree of these files; `__` in a name stands for a slash."""
    (root / '.clang-format').write_text((SOURCE / '.clang-format').read_text())
    for name, text in files.items():
        path = root / name.replace('__', '/').replace('_dot_', '.')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run([SOURCE / 'infra/dev/tidy', root], capture_output=True, text=True)
    found = done.stdout.splitlines()
    assert (done.returncode == 0) == (found == ['tidy']), done.stderr
    return [] if done.returncode == 0 else found


def only(found, *parts):
    assert len(found) == 1, found
    for part in parts:
        assert part in found[0]


def test_good_code_is_tidy(tmp_path):
    assert tidy(
        tmp_path,
        events__ids_dot_h=HEADER + '\nnamespace a {\nint f();\n}  // namespace a\n',
        query__q_dot_cc='#include "events/ids.h"\n\n// a mutex, sleep_for and NULL in a comment\n'
        'const char* const kText = "std::mutex";\n') == []


def test_long_files_need_a_reason(tmp_path):
    long = 'int a;\n' * 301
    only(tidy(tmp_path, events__a_dot_cc=long), 'events/a.cc:1', '301 lines')
    assert tidy(tmp_path, events__a_dot_cc='// long file: a table\n' + long) == []
    assert tidy(tmp_path, events__a_dot_cc='', tests__a_dot_cc=long) == []


def test_wide_lines(tmp_path):
    wide = '// ' + 'é' * 98 + '\n'
    only(tidy(tmp_path, events__a_dot_cc='//\n' + wide), 'events/a.cc:2', '101 columns')
    assert tidy(tmp_path, events__a_dot_cc=wide.replace('é', '', 1)) == []


def test_long_functions(tmp_path):
    body = 'int f() {\n' + '  g();\n' * 59 + '}\n'
    text = 'namespace a {\n' + 'int x() { return 1; }\n' * 20 + body + '}  // namespace a\n'
    only(tidy(tmp_path, events__a_dot_cc=text), 'events/a.cc:22', '61 lines')


def test_many_longish_functions(tmp_path):
    body = 'int f() {\n' + '  g();\n' * 24 + '}\n'
    only(tidy(tmp_path, events__a_dot_cc=body + '\nint x() { return 1; }\n' * 8),
         '1 of 9 functions')


@pytest.mark.parametrize('user, used', [
    ('events/a.cc', 'infra/runtime/x.h'), ('events/a.cc', 'query/x.h'),
    ('infra/http/a.cc', 'events/x.h'), ('infra/http/a.cc', 'infra/app/x.h'),
    ('command/a.cc', 'query/x.h'), ('query/a.cc', 'projector/x.h'),
    ('projector/a.cc', 'infra/app/x.h')])
def test_wrong_directions(tmp_path, user, used):
    files = {used: HEADER, user: f'#include "{used}"\n'}
    only(tidy(tmp_path, **files), f'{user}:1', 'must not know')


@pytest.mark.parametrize('user, used', [
    ('infra/app/a.cc', 'query/x.h'), ('infra/http/a.cc', 'infra/runtime/x.h'),
    ('command/a.cc', 'events/x.h'), ('command/a.cc', 'infra/ledger/x.h'),
    ('tests/query/a.cc', 'command/x.h')])
def test_right_directions(tmp_path, user, used):
    assert tidy(tmp_path, **{used: HEADER, user: f'#include "{used}"\n'}) == []


def test_includes_begin_at_the_root(tmp_path):
    only(tidy(tmp_path, events__x_dot_h=HEADER, events__a_dot_cc='#include "x.h"\n'),
         'events/a.cc:1', 'repository root')


@pytest.mark.parametrize('name, line, instead', [
    ('query/a.cc', 'std::mutex m;', 'mutex.h'),
    ('query/a.cc', 'void f() { std::this_thread::sleep_for(x); }', 'runtime::pause'),
    ('tests/a.cc', 'void f() { std::this_thread::sleep_for(x); }', 'runtime::pause'),
    ('query/a.cc', '#include <pqxx/pqxx>', 'infra/pg'),
    ('command/a.cc', '#include <boost/asio.hpp>', 'infra/http'),
    ('infra/http/a.cc', 'int votes;', 'infra names no poll'),
    ('events/a.cc', 'double share;', 'floating point'),
    ('events/a.cc', 'void* p = NULL;', 'nullptr'),
    ('command/a.cc', 'auto* p = new int(1);', 'make_unique')])
def test_banned_names(tmp_path, name, line, instead):
    only(tidy(tmp_path, **{name: line + '\n'}), f'{name}:1', instead)


def test_a_header_is_included_once(tmp_path):
    only(tidy(tmp_path, events__a_dot_h='int a;\n'), '#pragma once')


@pytest.mark.parametrize('line', [
    'TO' + 'DO: later', 'FIX' + 'ME', '/wo' + 'rk/main/x', 'space ',
    '"resolved"' ': "http://mirror.example/a.tgz"'])
def test_leftovers(tmp_path, line):
    only(tidy(tmp_path, README_dot_md='# Title\n' + line + '\n'), 'README.md:2')


def test_formatting(tmp_path):
    only(tidy(tmp_path, events__a_dot_cc='int   a;\n'), 'events/a.cc:1', 'infra/dev/format')


def test_functions_are_found_whatever_their_shape():
    source = r'''
namespace a {
struct S {
  int inlined() const { return 1; }
  std::function<void()> member{};
};
constexpr std::array<int, 2> kTable = {{1, 2}};
template <class T>
T twice(T t) {
  auto lambda = [&] {
    return t;
  };
  return lambda() + '{';
}
S::S(int x)
    : a_{x},
      b_(x) {
  run();
}
S& S::operator=(const S& other) {
  text = R"(} not the end {)";
  return *this;
}
}  // namespace a
'''
    assert cxx.functions(source) == [(4, 1), (8, 7), (15, 5), (20, 4)]
