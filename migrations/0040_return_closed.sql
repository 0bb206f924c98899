-- State 4 of a return is closed: its sale was rejected otherwise while it waited. Those that were left open go there.
UPDATE return_request r JOIN sale s ON s.id = r.sale_id SET r.state = 4, r.decided_at = s.updated_at, r.decided_by = 'migration',
	r.note = 'the sale was rejected' WHERE r.state = 1 AND s.state = 4;
