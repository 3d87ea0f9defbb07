"""The kafka ledger's topic, read and written beside the service with kcat and Kafka's own tools."""

import json
import re

from ledger_record import Record


class KafkaLedger:
    def __init__(self, cluster):
        self.cluster = cluster
        self.topic = cluster.new_topic()
        self.settings = {'ledger': 'kafka', 'kafka_topic': self.topic,
                         'kafka."bootstrap.servers"': cluster.servers}
        self.environment = {'FLASHPOLL_LEDGER': 'kafka', 'FLASHPOLL_KAFKA_TOPIC': self.topic,
                            'FLASHPOLL_KAFKA_BOOTSTRAP_SERVERS': cluster.servers}

    def records(self):
        """All of the topic, by partition and offset."""
        text = self.cluster.kcat('-C', '-t', self.topic, '-o', 'beginning', '-e', '-q',
                                 '-X', 'fetch.wait.max.ms=10', '-f', '%p %o %T %K %S %h\n%k%s')
        found, at = [], 0
        while at < len(text):
            end = text.index(b'\n', at)
            *numbers, headers = text[at:end].split(b' ')
            partition, offset, ms, key, value = map(int, numbers)
            if headers:
                ms = int(re.fullmatch(rb'fp-time=(\d+)', headers)[1])
            key_end, at = end + 1 + key, end + 1 + key + value
            found.append(Record(partition, offset, ms, text[end + 1:key_end], text[key_end:at]))
        return sorted(found)

    def append(self, partition, key, *values, time_ms=None):
        """Records behind the others, as any process could append them; with a time as an import
        would give it."""
        assert not any(b'\n' in value for value in values)
        header = [] if time_ms is None else ['-H', f'fp-time={time_ms}']
        self.cluster.kcat('-P', '-t', self.topic, '-p', partition, '-k', key.decode(), *header,
                          stdin=b''.join(value + b'\n' for value in values))

    def lose_last(self, partition):
        """The topic is made again, without this partition's last record."""
        kept = self.records()
        kept.remove(max(record for record in kept if record.partition == partition))
        self._refill(kept)

    def exchange(self, partition):
        """The topic is made again: the same records, at other times."""
        self._refill(self.records())

    def delete_before(self, partition, offset):
        file = self.cluster.directory / 'offsets.json'
        file.write_text(json.dumps({'version': 1, 'partitions': [
            {'topic': self.topic, 'partition': partition, 'offset': offset}]}))
        self.cluster.tool('DeleteRecordsCommand', '--offset-json-file', file)

    def _refill(self, records):
        described = self.cluster.tool('TopicCommand', '--describe', '--topic', self.topic)
        partitions, copies, configs = re.search(
            r'PartitionCount: (\d+)\s+ReplicationFactor: (\d+)\s+Configs: (\S*)',
            described).groups()
        self.cluster.tool('TopicCommand', '--delete', '--topic', self.topic)
        self.cluster.tool('TopicCommand', '--create', '--topic', self.topic,
                          '--partitions', partitions, '--replication-factor', copies,
                          *(part for config in configs.split(',')
                            for part in ('--config', config)))
        for record in records:
            self.append(record.partition, record.key, record.value)
