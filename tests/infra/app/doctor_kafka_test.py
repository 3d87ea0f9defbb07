"""`flashpoll doctor` on faults that only the kafka ledger has."""

import pytest

from doctor_test import DATABASE, examined, site, states, used
from flashpoll import Servers, eventually

__all__ = ['site', 'used']


def test_wrong_settings_of_the_topic_each_with_the_command_that_mends_it(used):
    wrong = {'retention.ms': '60000', 'cleanup.policy': 'compact',
             'unclean.leader.election.enable': 'true', 'message.timestamp.type': 'CreateTime'}
    kafka = used.ledger.cluster
    change = ('kafka.admin.ConfigCommand', '--alter', '--entity-type', 'topics', '--entity-name',
              used.ledger.topic, '--add-config')
    kafka.tool(*change, ','.join(f'{name}={value}' for name, value in wrong.items()))
    eventually(lambda: states(examined(used), 'fail') == set(wrong), 20, 'all are told')
    for name, check in examined(used).items():
        if name in wrong:
            assert f'{name} is {wrong[name]}, not ' in check['text']
            assert check['mend'].startswith('kafka-configs.sh --bootstrap-server')
            kafka.tool(*change, check['mend'].rsplit(' ', 1)[1])
    eventually(lambda: not states(examined(used), 'fail'), 20, 'it is mended')


def test_brokers_that_are_away(used):
    environment = {'FLASHPOLL_KAFKA_BOOTSTRAP_SERVERS': '127.0.0.1:9'}
    checks = examined(used, **environment)
    assert states(checks, 'fail') == {'ledger'} and DATABASE < set(checks)


def test_a_deployment_of_another_kind(used):
    checks = examined(used, '--ledger', 'postgres')
    assert states(checks, 'fail') == {'deployment'}
    assert 'kafka, topic' in checks['deployment']['text']
    checks = examined(used, '--kafka-topic', 'nothing-yet')
    assert states(checks, 'fail') == {'created'}
    assert '`flashpoll migrate`' in checks['created']['mend']


def test_another_topic(used, servers):
    with servers.site() as other:
        other.node('command').start()
        checks = examined(used, '--kafka-topic', other.ledger.topic)
        assert states(checks, 'fail') == {'ledger'}
        assert 'begun on another ledger' in checks['ledger']['text']


@pytest.mark.parametrize('records', [2])
def test_first_records_that_were_deleted(used, records):
    used.ledger.delete_before(used.ledger.records()[0].partition, records)
    checks = examined(used)
    assert states(checks, 'fail') == {'first records'}


def test_a_broker_that_is_missing():
    with Servers(brokers=3) as servers, servers.site() as site:
        site.secret_file.chmod(0o600)
        site.node('command').start()
        assert 'copies' not in states(examined(site), 'warn')
        servers.kafka.kill9(3)
        eventually(lambda: 'replicas' in states(examined(site), 'warn'), 30, 'it is missed')
        assert states(examined(site), 'fail') == set()
