"""What SAP is asked before anything is written there: whose it is, and whether it is so already."""

from sportello.connectors.sap.queries import ADDRESSES, BANK_ACCOUNTS, Node, Query, contacts

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
STANDARD_ADDRESS = Node(type="AccountAddress", owner="AccountID", select=("AccountID", "AddressID"))
# Before personal data are changed.
PERSON = Query(
    entity_set="Accounts",
    entity="Account",
    node=Node(
        type="Account",
        owner="AccountID",
        select=(
            "AccountID",
            "AccountTypeID",
            "FirstName",
            "LastName",
            "Name1",
            "Name2",
            "GroupName1",
            "GroupName2",
        ),
        expand={
            "StandardAccountAddress": Node(
                type="AccountAddress",
                owner="AccountID",
                select=("AccountID", "AddressID", "AddressInfo"),
                expand=contacts("Dependent", "Email", "MobilePhone", "Phone", to_write=True),
            ),
            **contacts("Independent", "Email", "MobilePhone", "Phone", to_write=True),
        },
    ),
)
# Before post goes elsewhere.
POST = Query(
    entity_set="Accounts",
    entity="Account",
    node=Node(
        type="Account",
        owner="AccountID",
        select=("AccountID",),
        expand={
            "StandardAccountAddress": STANDARD_ADDRESS,
            "AccountAddresses": ADDRESSES,
            "ContractAccounts": Node(
                type="ContractAccount",
                owner="AccountID",
                select=(
                    "ContractAccountID",
                    "AccountID",
                    "AccountAddressID",
                    "BillToAccountID",
                    "BillToAccountAddressID",
                ),
                many=True,
            ),
        },
    ),
)
# Before an account is debited, or no more.
DEBIT = Query(
    entity_set="Accounts",
    entity="Account",
    node=Node(
        type="Account",
        owner="AccountID",
        select=("AccountID",),
        expand={
            "BankAccounts": BANK_ACCOUNTS,
            "ContractAccounts": Node(
                type="ContractAccount",
                owner="AccountID",
                select=(
                    "ContractAccountID",
                    "AccountID",
                    "IncomingPaymentMethodID",
                    "IncomingPaymentBankAccountID",
                ),
                many=True,
            ),
        },
    ),
)
LOOKS = (DEVICE, PERSON, POST, DEBIT)
