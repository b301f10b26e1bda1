"""What SAP is asked before anything is written there: whose it is, and whether it is so already."""

from sportello.connectors.sap.queries import (
    ADDRESSES,
    BANK_ACCOUNTS,
    NAMES,
    Node,
    Query,
    contacts,
    contract_accounts,
    of_an_account,
)

# Before a reading is sent: whose the device is, what can be read on it, and what has been.
DEVICE = Query(
    entity_set="Devices",
    entity="Device",
    node=Node(
        type="Device",
        owner="DeviceID",
        select=("DeviceID", "ContractID"),
        expand={
            "Contract": Node(
                type="Contract",
                owner="ContractID",
                select=("ContractID", "ContractAccountID"),
                expand={
                    "ContractAccount": Node(
                        type="ContractAccount",
                        owner="ContractAccountID",
                        select=("ContractAccountID", "AccountID"),
                    )
                },
            ),
            "RegistersToRead": Node(
                type="RegisterToRead", owner="DeviceID", select=("DeviceID", "RegisterID"), many=True
            ),
            "MeterReadingResults": Node(
                type="MeterReadingResult",
                owner="DeviceID",
                select=("MeterReadingResultID", "DeviceID", "RegisterID", "ReadingResult", "ReadingDateTime"),
                many=True,
            ),
        },
    ),
)
# Before personal data are changed.
PERSON = of_an_account(
    *NAMES,
    StandardAccountAddress=Node(
        type="AccountAddress",
        owner="AccountID",
        select=("AccountID", "AddressID", "AddressInfo"),
        expand=contacts("Dependent", "Email", "MobilePhone", "Phone", to_write=True),
    ),
    **contacts("Independent", "Email", "MobilePhone", "Phone", to_write=True),
)
# Before post goes elsewhere.
POST = of_an_account(
    StandardAccountAddress=Node(type="AccountAddress", owner="AccountID", select=("AccountID", "AddressID")),
    AccountAddresses=ADDRESSES,
    ContractAccounts=contract_accounts("AccountAddressID", "BillToAccountID", "BillToAccountAddressID"),
)
# Before an account is debited, or no more.
DEBIT = of_an_account(
    BankAccounts=BANK_ACCOUNTS,
    ContractAccounts=contract_accounts("IncomingPaymentMethodID", "IncomingPaymentBankAccountID"),
)
LOOKS = (DEVICE, PERSON, POST, DEBIT)
