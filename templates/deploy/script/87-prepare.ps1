
# ---- Prepare ------------------------------------------------------------------------------------------------------------------

# Brings a fresh server to what the manifest says: shows the difference, changes only that, notes what was before.
function Invoke-Prepare {
    $Wanted = $Run.Release.server
    if (-not $Wanted) { Stop-Run 'this release says nothing about the server' 'it has no [deploy.server] table' 2 }
    Set-ServerFeature $Wanted
    Set-ServerAddress $Wanted
    Set-ServerTime $Wanted
    Set-ServerName $Wanted
    if ($Run.Restart) { Write-Line 'restart the server and run Prepare again: it finishes what is left, without a credential' }
}

# One difference: shown, and with consent changed; the former value is kept in prepare.json.
function Set-ServerValue {
    param([string] $Subject, [string] $Before, [string] $After, [scriptblock] $Change)
    if ($Before -ceq $After) { return }
    Write-Line ('  {0}: {1} -> {2}' -f $Subject, $Before, $After)
    if (-not $Run.Cmdlet.ShouldProcess($Subject, "$Before -> $After")) { return }
    $Path = Join-Path (Get-StateFolder) 'prepare.json'
    $Notes = @()
    if (Test-Path -LiteralPath $Path) { $Notes = @((Read-JsonFile $Path).before) }
    if (@($Notes | Where-Object { $_.subject -eq $Subject }).Count -eq 0) {
        $Notes += [pscustomobject]@{ subject = $Subject; value = $Before }
        Write-JsonFile $Path ([pscustomobject]@{ before = @($Notes) })
    }
    & $Change
    Add-Change $Subject
}

function Set-ServerFeature {
    param([object] $Wanted)
    if (@($Wanted.features).Count -eq 0) { return }
    foreach ($Feature in @(Get-WindowsFeature -Name @($Wanted.features))) {
        $Before = if ($Feature.Installed) { 'installed' } else { 'absent' }
        Set-ServerValue "feature $($Feature.Name)" $Before 'installed' {
            $Result = Install-WindowsFeature -Name $Feature.Name -IncludeManagementTools
            if ("$($Result.RestartNeeded)" -eq 'Yes') { $Run.Restart = $true }
        }
    }
}

function Set-ServerAddress {
    param([object] $Wanted)
    $Want = $Wanted.address
    if (-not $Want) { return }
    $Name = $Want.interface
    $Now = @(Get-NetIPAddress -InterfaceAlias $Name -AddressFamily IPv4 -ErrorAction SilentlyContinue)
    $Before = @($Now | ForEach-Object { "$($_.IPAddress)/$($_.PrefixLength)" }) -join ','
    $Route = @(Get-NetRoute -InterfaceAlias $Name -DestinationPrefix '0.0.0.0/0' -ErrorAction SilentlyContinue | ForEach-Object { $_.NextHop }) -join ','
    Set-ServerValue "address of $Name" "$Before via $Route" "$($Want.address)/$($Want.prefix_length) via $($Want.gateway)" {
        Set-NetIPInterface -InterfaceAlias $Name -Dhcp Disabled
        foreach ($Old in $Now) { Remove-NetIPAddress -InterfaceAlias $Name -IPAddress $Old.IPAddress -Confirm:$false }
        if ($Route) { Remove-NetRoute -InterfaceAlias $Name -DestinationPrefix '0.0.0.0/0' -Confirm:$false }
        $New = @{ InterfaceAlias = $Name; IPAddress = $Want.address; PrefixLength = $Want.prefix_length }
        if ($Want.gateway) { $New.DefaultGateway = $Want.gateway }
        New-NetIPAddress @New | Out-Null
    }
    if (@($Want.dns).Count -eq 0) { return }
    $Servers = @((Get-DnsClientServerAddress -InterfaceAlias $Name -AddressFamily IPv4).ServerAddresses) -join ','
    Set-ServerValue "DNS servers of $Name" $Servers (@($Want.dns) -join ',') { Set-DnsClientServerAddress -InterfaceAlias $Name -ServerAddresses @($Want.dns) }
}

function Set-ServerTime {
    param([object] $Wanted)
    if ($Wanted.time_zone) { Set-ServerValue 'time zone' (Get-TimeZone).Id $Wanted.time_zone { Set-TimeZone -Id $Wanted.time_zone } }
    if (@($Wanted.time_sources).Count -eq 0) { return }
    $Sources = @($Wanted.time_sources | ForEach-Object { "$_,0x8" }) -join ' '
    $Before = [string](Get-KeyValue 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters' 'NtpServer')
    Set-ServerValue 'time sources' $Before $Sources {
        Invoke-Native 'w32tm.exe' @('/config', "/manualpeerlist:$Sources", '/syncfromflags:manual', '/update') | Out-Null
        Invoke-Native 'w32tm.exe' @('/resync', '/force') -Expect 0, 1 | Out-Null
    }
    if (-not $WhatIfPreference) { Test-Clock $Run.Release.prerequisites }
    if (@($Run.Findings | Where-Object { $_.level -eq 'problem' }).Count -gt 0) { Stop-Run 'the clock is still wrong' 'mend the time source before joining a domain' }
}

# Name and domain. Both in one Add-Computer, in the session that was given the credential: nothing is stored for after the restart.
function Set-ServerName {
    param([object] $Wanted)
    $Computer = Get-CimInstance -ClassName Win32_ComputerSystem
    $Pending = Get-KeyValue 'HKLM:\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName' 'ComputerName'
    $Name = $Wanted.computer_name
    $NameNow = if ($Pending) { $Pending } else { $Computer.Name }
    if ($Wanted.domain -and -not ($Computer.PartOfDomain -and $Computer.Domain -eq $Wanted.domain)) {
        # PowerShell 7 has no such cmdlet.
        $AddComputer = Get-Command -Name 'Add-Computer' -ErrorAction SilentlyContinue
        if (-not $AddComputer) { Stop-Run "this PowerShell cannot join ``$($Wanted.domain)``" 'run Prepare in Windows PowerShell 5.1: powershell.exe -File Deploy.ps1 Prepare' 2 }
        if (-not $Credential -and -not $WhatIfPreference) { Stop-Run "joining ``$($Wanted.domain)`` needs an account that may do so" 'run with -Credential (Get-Credential)' 2 }
        $Join = @{ DomainName = $Wanted.domain; Force = $true }
        if ($Credential) { $Join.Credential = $Credential }
        if ($Name -and $Name -ne $NameNow) { $Join.NewName = $Name }
        Set-ServerValue 'domain and name' "$($Computer.Domain) $NameNow" "$($Wanted.domain) $Name" {
            & $AddComputer @Join
            $Run.Restart = $true
        }
    }
    elseif ($Name -and $Name -ne $NameNow) {
        Set-ServerValue 'name' $NameNow $Name {
            Rename-Computer -NewName $Name -Force
            $Run.Restart = $true
        }
    }
    elseif ($Computer.Name -ne $NameNow) { $Run.Restart = $true }
}
