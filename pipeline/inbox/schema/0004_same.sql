-- A story whose page says that its address is another candidate's is that
-- candidate: it is no longer listed, and its sources stand there. 0: its own.
ALTER TABLE candidate ADD COLUMN same INTEGER NOT NULL DEFAULT 0;
