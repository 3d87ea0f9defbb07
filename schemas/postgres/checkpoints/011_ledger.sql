-- Which ledger a deployment was begun on is noted from here on; until now there was but one.
INSERT INTO checkpoints.deployment (name, value)
SELECT 'ledger', 'postgres' WHERE EXISTS (SELECT FROM checkpoints.deployment);
