"""What tidy must know of C++: code without comments and texts, and where functions stand."""

import re

_TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/'  # comments
    r'|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'  # raw texts
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",  # a quote within digits is no text
    re.DOTALL,
)
_DIRECTIVE = re.compile(r'^[ \t]*#(?:\\\n|[^\n])*', re.MULTILINE)


def _blank(match):
    """As many lines as before, but nothing on them. A text keeps its quotes."""
    text = match.group()
    body = '\n' * text.count('\n')
    return body if text.startswith('/') else '"' + body + '"'


def code_only(source):
    """The source with comments gone and texts emptied; line numbers stay."""
    return _TOKENS.sub(_blank, source)


def functions(source):
    """(first line, number of lines) of each function, signature included; lambdas and local classes
    count as part of the function around them."""
    code = _DIRECTIVE.sub(lambda m: '\n' * m.group().count('\n'), code_only(source))
    found = []
    opened = 0  # braces open within the function, or within a member's {} of an initializer list
    kind = None
    head = ''  # what stands since the last statement or brace, outside of functions
    start = line = 1
    for char in code:
        line += char == '\n'
        if opened:
            opened += {'{': 1, '}': -1}.get(char, 0)
            if opened == 0 and kind == 'function':
                found.append((start, line - start + 1))
                head = ''
        elif char == '{':
            kind = _kind(head)
            opened = int(kind != 'container')
            head = '' if kind == 'container' else head + '}'
        elif char in '};':
            head = ''
        elif head or not char.isspace():
            start = start if head else line
            head += char
    return found


_PAIR = '\0'  # stands for a pair of parentheses and what was in them


def _flat(text):
    """Without template arguments, each pair of parentheses as one character."""
    while True:
        shorter = re.sub(r'\([^()]*\)', _PAIR, re.sub(r'<[^<>()]*>', '', text))
        if shorter == text:
            return text
        text = shorter


def _kind(head):
    """What the brace after `head` opens: a function, a member's initializer, or a container of
    declarations (namespace, class, list of values)."""
    text = _flat(head)
    if _PAIR not in text or re.search(r'\b(namespace|class|struct|union|enum)\b', text):
        return 'container'
    if re.search(_PAIR + r'[^:]*:[^:]', text) and re.search(r'\w$', text.rstrip()):
        return 'member'
    value = '=' in re.sub(r'operator\W+', '', text)
    return 'container' if value and not re.search(r'=\s*\[', text) else 'function'
