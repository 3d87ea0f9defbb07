"""The API's document and the code name the same routes, refusals and parameters. The document is
read by its indentation: no YAML library is needed to run the tests."""

import os
import re
from pathlib import Path

SOURCE = Path(os.environ['FLASHPOLL_SOURCE'])
DOCUMENT = (SOURCE / 'schemas/http/openapi.yaml').read_text()


def code(*folders):
    return '\n'.join(path.read_text() for folder in folders
                     for path in sorted((SOURCE / folder).glob('*.cc')))


def documented_routes():
    routes, path = set(), None
    for line in DOCUMENT.split('\ncomponents:')[0].splitlines():
        if found := re.fullmatch(r'  (/\S+):', line):
            path = found[1]
        elif found := re.fullmatch(r'    (get|post|put|delete|patch):', line):
            routes.add((found[1].upper(), path))
    return routes


def test_routes_are_the_documented_ones():
    text = code('command', 'query')
    added = set(re.findall(r'add\(\s*"([A-Z]+)",\s*"(/v1/[^"]*)"', text))
    # The queries of one poll are added by what follows its path.
    added |= {('GET', '/v1/polls/{id}' + rest)
              for rest in re.findall(r'\badd\("(|/[^"]*)", get_', text)}
    assert len(added) > 15
    assert added == documented_routes()


def test_every_refusal_is_documented():
    codes = set(re.findall(r'RefusalInfo\{Refusal::\w+, "(\w+)", \d+', code('events')))
    codes |= set(re.findall(r'\{\w+, \d+, "(\w+)", "', code('infra/http')))
    assert len(codes) > 35
    enum = re.search(r'code:\s+enum: \[([^\]]*)\]', DOCUMENT)[1]
    assert codes == set(re.findall(r'\w+', enum))


def test_references_lead_somewhere():
    sections = {}
    for line in DOCUMENT.split('\ncomponents:')[1].splitlines():
        if found := re.fullmatch(r'  (\w+):', line):
            section = sections.setdefault(found[1], set())
        elif found := re.match(r'    (\w+):', line):
            section.add(found[1])
    references = re.findall(r"'#/components/(\w+)/(\w+)'", DOCUMENT)
    assert len(references) > 50
    for section, name in references:
        assert name in sections[section], f'{section}/{name}'


def test_query_parameters_are_the_documented_ones():
    documented = set(re.findall(r'name: (\w+)[,\s]+in: query', DOCUMENT))
    text = code('query')
    asked = set(re.findall(r'\.(?:text|integer|seq|time|one_of)\("(\w+)"', text))
    asked |= set(re.findall(r'known<[\w:]+>\(parameters, "(\w+)"', text))
    assert asked - {'notice'} == documented
