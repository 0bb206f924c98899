-- What many amounts add up to may be larger than any of them: balances and what windows have spent hold 99,999,999,999,999.9999.
ALTER TABLE ledger_account
	MODIFY balance DECIMAL(18,4) NOT NULL DEFAULT 0,
	MODIFY held DECIMAL(18,4) NOT NULL DEFAULT 0;
ALTER TABLE cap_window MODIFY spend DECIMAL(18,4) NOT NULL;
