
# ---- The server's address -----------------------------------------------------------------------------------------------------

# How an interface gets its address, its addresses and its gateways.
function Get-AddressState {
    param([string] $Interface)
    $Setting = @(Get-NetIPInterface -InterfaceAlias $Interface -AddressFamily IPv4 -ErrorAction SilentlyContinue)
    if ($Setting.Count -eq 0) {
        $Names = @(Get-NetIPInterface -AddressFamily IPv4 -ErrorAction SilentlyContinue | ForEach-Object { $_.InterfaceAlias })
        Stop-Run "no network interface ``$Interface``" "the interfaces of this server: $($Names -join ', ')" 2
    }
    $Addresses = @(Get-NetIPAddress -InterfaceAlias $Interface -AddressFamily IPv4 -ErrorAction SilentlyContinue)
    $Gateways = @(Get-NetRoute -InterfaceAlias $Interface -DestinationPrefix '0.0.0.0/0' -ErrorAction SilentlyContinue | ForEach-Object { "$($_.NextHop)" })
    return [pscustomobject]@{ Dhcp = "$($Setting[0].Dhcp)" -eq 'Enabled'; Addresses = $Addresses; Gateways = $Gateways }
}

function Format-Address {
    param([string[]] $Addresses, [string[]] $Gateways, [bool] $Dhcp)
    $Text = $Addresses -join ','
    if ($Gateways) { $Text += " via $($Gateways -join ',')" }
    if ($Dhcp) { $Text += ' (DHCP)' }
    return $Text
}

function Set-ServerAddress {
    param([object] $Wanted)
    $Want = $Wanted.address
    if (-not $Want) { return }
    $Name = $Want.interface
    $Former = Get-AddressState $Name
    # A gateway that the release does not name is left alone.
    $Gateways = if ($Want.gateway) { @($Want.gateway) } else { $Former.Gateways }
    $Now = Format-Address @($Former.Addresses | ForEach-Object { "$($_.IPAddress)/$($_.PrefixLength)" }) $Former.Gateways $Former.Dhcp
    Set-ServerValue "address of $Name" $Now (Format-Address @("$($Want.address)/$($Want.prefix_length)") $Gateways $false) { Set-StaticAddress $Want $Former }
    if (@($Want.dns).Count -eq 0) { return }
    $Servers = @((Get-DnsClientServerAddress -InterfaceAlias $Name -AddressFamily IPv4).ServerAddresses) -join ','
    Set-ServerValue "DNS servers of $Name" $Servers (@($Want.dns) -join ',') { Set-DnsClientServerAddress -InterfaceAlias $Name -ServerAddresses @($Want.dns) }
}

# The new address comes before the old one goes; what was there comes back when Windows refuses.
function Set-StaticAddress {
    param([object] $Want, [object] $Before)
    $Name = $Want.interface
    try {
        # The lease and its route go with DHCP: everything is asked for again from here on.
        Set-NetIPInterface -InterfaceAlias $Name -AddressFamily IPv4 -Dhcp Disabled
        Add-StaticAddress $Name $Want.address $Want.prefix_length
        if ($Want.gateway) { Set-DefaultGateway $Name $Want.gateway }
        $Old = @(Get-NetIPAddress -InterfaceAlias $Name -AddressFamily IPv4 -ErrorAction SilentlyContinue | Where-Object { $_.IPAddress -ne $Want.address })
        foreach ($Address in $Old) { Remove-NetIPAddress -InterfaceAlias $Name -IPAddress $Address.IPAddress -Confirm:$false -ErrorAction SilentlyContinue }
    }
    catch {
        $Cause = "$($_.Exception.Message)"
        Restore-Address $Want $Before
        Stop-Run "failed to set the address of ``$Name``: $Cause" 'the interface has its former settings again: correct [deploy.server] address, and run Prepare again'
    }
}

function Add-StaticAddress {
    param([string] $Interface, [string] $Address, [int] $PrefixLength)
    $Same = @(Get-NetIPAddress -InterfaceAlias $Interface -AddressFamily IPv4 -ErrorAction SilentlyContinue | Where-Object { $_.IPAddress -eq $Address })
    if ($Same.Count -gt 0 -and $Same[0].PrefixLength -eq $PrefixLength) { return }
    # An address is there once only, whatever its prefix.
    if ($Same.Count -gt 0) { Remove-NetIPAddress -InterfaceAlias $Interface -IPAddress $Address -Confirm:$false -ErrorAction SilentlyContinue }
    New-NetIPAddress -InterfaceAlias $Interface -IPAddress $Address -PrefixLength $PrefixLength | Out-Null
    # Windows asks the network for a few seconds whether another computer has it. Without a cable it never gets an answer.
    for ($Look = 0; $Look -lt 50; $Look++) {
        $State = @(Get-NetIPAddress -InterfaceAlias $Interface -AddressFamily IPv4 -ErrorAction SilentlyContinue | Where-Object { $_.IPAddress -eq $Address } | ForEach-Object { "$($_.AddressState)" })
        if ($State -contains 'Duplicate') { throw "another computer has the address $Address" }
        if ($State -contains 'Preferred') { return }
        Start-Sleep -Milliseconds 100
    }
}

function Set-DefaultGateway {
    param([string] $Interface, [string] $Gateway)
    $Routes = @(Get-NetRoute -InterfaceAlias $Interface -DestinationPrefix '0.0.0.0/0' -ErrorAction SilentlyContinue)
    if (@($Routes | Where-Object { $_.NextHop -eq $Gateway }).Count -eq 0) {
        New-NetRoute -InterfaceAlias $Interface -DestinationPrefix '0.0.0.0/0' -NextHop $Gateway | Out-Null
    }
    foreach ($Route in @($Routes | Where-Object { $_.NextHop -ne $Gateway })) {
        Remove-NetRoute -InterfaceAlias $Interface -DestinationPrefix '0.0.0.0/0' -NextHop $Route.NextHop -Confirm:$false -ErrorAction SilentlyContinue
    }
}

# Each part by itself, so that one that fails does not keep the others from coming back.
function Restore-Address {
    param([object] $Want, [object] $Before)
    $Name = $Want.interface
    $Known = @($Before.Addresses | ForEach-Object { $_.IPAddress })
    $Steps = @(
        { if ($Before.Dhcp -or $Known -notcontains $Want.address) { Remove-NetIPAddress -InterfaceAlias $Name -IPAddress $Want.address -Confirm:$false -ErrorAction SilentlyContinue } }
        { if ($Before.Dhcp) { Set-NetIPInterface -InterfaceAlias $Name -AddressFamily IPv4 -Dhcp Enabled } }
        { if (-not $Before.Dhcp) { foreach ($Old in $Before.Addresses) { Add-StaticAddress $Name $Old.IPAddress $Old.PrefixLength } } }
        { if (-not $Before.Dhcp) { foreach ($Gateway in $Before.Gateways) { Set-DefaultGateway $Name $Gateway } } }
    )
    foreach ($Step in $Steps) { try { & $Step } catch { Write-Line "    not restored: $($_.Exception.Message)" } }
}
